/** A whole journey of each door with the types of openapi-typescript and openapi-fetch. */
import assert from "node:assert/strict";
import createClient from "openapi-fetch";

import type { paths as Appseed } from "./appseed.js";
import { PASSWORD, answered, go, newEmail, refused, type Mailed } from "./mailed.js";
import type { paths as Mobile } from "./mobile.js";
import type { paths as Notes } from "./notes.js";
import type { paths as Owners } from "./owners.js";
import type { paths as Vault } from "./vault.js";

const asForm = (body: object): URLSearchParams => new URLSearchParams(Object.entries(body));
const form = { bodySerializer: asForm, headers: { "Content-Type": "application/x-www-form-urlencoded" } };
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

async function appseed(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = createClient<Appseed>({ baseUrl });
  const { userID } = await answered(client.POST("/api/users/register", { body: { username: "Ada", email, password: PASSWORD } }));
  const { token, user } = await answered(client.POST("/api/users/login", { body: { email, password: PASSWORD } }));
  assert.deepEqual(user, { _id: userID, id: userID, username: "Ada", email });

  const session = createClient<Appseed>({ baseUrl, headers: { Authorization: token } });
  assert.deepEqual(await answered(session.POST("/api/users/edit", { body: { username: "Ada Lovelace" } })), { success: true });
  assert.deepEqual(await answered(session.POST("/api/users/checkSession")), { success: true });
  assert.equal((await answered(session.POST("/api/users/logout"))).success, true);

  assert.equal((await answered(session.POST("/api/users/checkSession"))).success, false);
  const after = await refused(session.POST("/api/users/edit", { body: { username: "Eve" } }));
  assert.deepEqual(after, [401, { success: false, msg: "User is not logged on" }]);
}

async function vault(baseUrl: string, mailed: Mailed): Promise<void> {
  const email = newEmail();
  const client = createClient<Vault>({ baseUrl });
  await answered(client.POST("/api/register", { body: { email, password: PASSWORD, name: "Ada" } }));
  const proof = { token: await mailed(email, "/api/verify-email/") };
  await answered(client.POST("/api/verify-email", { body: proof }));
  const { userToken } = await answered(client.POST("/api/login", { body: { email, password: PASSWORD } }));
  const session = createClient<Vault>({ baseUrl, ...bearer(userToken) });
  await answered(session.POST("/api/refresh"));

  await answered(client.POST("/api/forgot-password", { body: { email } }));
  const token = await mailed(email, "/api/reset-password?token=");
  await answered(client.POST("/api/reset-password", { body: { token, newPassword: "another good passphrase" } }));

  assert.equal((await refused(session.POST("/api/refresh")))[0], 401);
  assert.equal((await refused(client.POST("/api/login", { body: { email, password: PASSWORD } })))[0], 401);
}

async function mobile(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = createClient<Mobile>({ baseUrl });
  const name = { firstName: "Ada", lastName: "Lovelace" };
  const person = { ...name, gender: "female", contactNo: "0401234567", age: 36, email, password: PASSWORD };
  await answered(client.POST("/api/user/signUp", { body: person }));
  const { token } = await answered(client.POST("/api/user/login", { body: { email, password: PASSWORD } }));

  const session = createClient<Mobile>({ baseUrl, headers: { token } });
  await answered(session.PUT("/api/user/update", { body: { firstName: "Augusta" } }));
  const details = await answered(session.GET("/api/user/details"));
  assert.deepEqual([details.firstName, details.age, details.email], ["Augusta", "36", email]);
  await answered(session.DELETE("/api/user/delete"));

  const after = await refused(session.GET("/api/user/details"));
  assert.deepEqual(after, [401, { status: 401, message: "Invalid token" }]);
}

async function owners(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = createClient<Owners>({ baseUrl });
  const person = { firstname: "Ada", lastname: "Lovelace", email: newEmail(), password: PASSWORD };
  const owner = await answered(client.POST("/appowner/create", { body: person }));
  const named = { owneruuid: owner.uuid, appname: "engine" };
  const { apiKey: apikey } = await answered(client.POST("/applications/create", { body: named }));
  await answered(client.POST("/users/signup", { body: { apikey, username: "Charles", email, password: PASSWORD } }));
  const { token } = await answered(client.POST("/users/signwithemail", { body: { apikey, email, password: PASSWORD } }));
  assert.ok(token);

  const session = createClient<Owners>({ baseUrl, ...bearer(token) });
  assert.equal((await answered(client.POST("/users/islogged", { body: { token } }))).auth, true);
  const changed = await answered(session.PUT("/users/update", { body: { username: "Babbage" } }));
  assert.deepEqual(changed, { done: true, username: "Babbage", email });
  assert.equal((await answered(session.POST("/users/userdata"))).username, "Babbage");

  await answered(client.DELETE("/applications/delete", { body: { apikey } }));
  assert.equal((await refused(session.POST("/users/userdata")))[0], 401);
  const ends = { uuid: owner.uuid, deletion_token: owner.deletion_token };
  assert.equal((await answered(client.DELETE("/appowner/delete", { body: ends }))).affectedRows, 1);
}

async function notes(baseUrl: string, mailed: Mailed): Promise<void> {
  const email = newEmail();
  const username = email.split("@")[0]!;
  const client = createClient<Notes>({ baseUrl });
  await answered(client.POST("/auth/signup", { body: { username, password: PASSWORD, email }, ...form }));
  const credentials = { body: { username, password: PASSWORD }, ...form };
  assert.equal((await refused(client.POST("/auth/login", credentials)))[0], 406); // the address is not verified yet
  const token = await mailed(email, "/auth/verify?token=");
  await answered(client.GET("/auth/verify", { params: { query: { token } } }));
  const { tokens } = await answered(client.POST("/auth/login", credentials));

  const session = createClient<Notes>({ baseUrl, ...bearer(tokens.access_token) });
  assert.deepEqual(await answered(session.GET("/auth/current")), { username });
  const renewal = { body: { refresh_token: tokens.refresh_token }, ...form };
  const renewed = (await answered(client.POST("/auth/refresh", renewal))).tokens;
  const again = createClient<Notes>({ baseUrl, ...bearer(renewed.access_token) });
  assert.deepEqual(await answered(again.GET("/auth/current")), { username });

  const stranger = createClient<Notes>({ baseUrl, ...bearer(tokens.refresh_token) });
  assert.deepEqual(await refused(stranger.GET("/auth/current")), [403, { error: "Expired token" }]);
}

await go({ appseed, vault, mobile, owners, notes });
