/** A whole journey of each door with the clients of @hey-api/openapi-ts. */
import assert from "node:assert/strict";

import * as appseedApi from "./appseed/sdk.gen.js";
import { createClient as appseedClient } from "./appseed/client/index.js";
import { PASSWORD, answered, go, newEmail, refused, type Mailed } from "./mailed.js";
import { createClient as mobileClient } from "./mobile/client/index.js";
import * as mobileApi from "./mobile/sdk.gen.js";
import { createClient as notesClient } from "./notes/client/index.js";
import * as notesApi from "./notes/sdk.gen.js";
import { createClient as ownersClient } from "./owners/client/index.js";
import * as ownersApi from "./owners/sdk.gen.js";
import { createClient as vaultClient } from "./vault/client/index.js";
import * as vaultApi from "./vault/sdk.gen.js";

async function appseed(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = appseedClient({ baseUrl });
  const person = { username: "Ada", email, password: PASSWORD };
  const { userID } = await answered(appseedApi.appseedRegister({ client, body: person }));
  const { token, user } = await answered(appseedApi.appseedLogin({ client, body: { email, password: PASSWORD } }));
  assert.deepEqual(user, { _id: userID, id: userID, username: "Ada", email });

  const session = appseedClient({ baseUrl, auth: token });
  const changed = await answered(appseedApi.appseedEdit({ client: session, body: { username: "Ada Lovelace" } }));
  assert.deepEqual(changed, { success: true });
  assert.deepEqual(await answered(appseedApi.appseedCheckSession({ client: session })), { success: true });
  assert.equal((await answered(appseedApi.appseedLogout({ client: session }))).success, true);

  assert.equal((await answered(appseedApi.appseedCheckSession({ client: session }))).success, false);
  const after = await refused(appseedApi.appseedEdit({ client: session, body: { username: "Eve" } }));
  assert.deepEqual(after, [401, { success: false, msg: "User is not logged on" }]);
}

async function vault(baseUrl: string, mailed: Mailed): Promise<void> {
  const email = newEmail();
  const client = vaultClient({ baseUrl });
  await answered(vaultApi.vaultRegister({ client, body: { email, password: PASSWORD, name: "Ada" } }));
  const proof = { token: await mailed(email, "/api/verify-email/") };
  await answered(vaultApi.vaultVerifyEmailPost({ client, body: proof }));
  const { userToken } = await answered(vaultApi.vaultLogin({ client, body: { email, password: PASSWORD } }));
  const session = vaultClient({ baseUrl, auth: userToken });
  await answered(vaultApi.vaultRefreshPost({ client: session }));

  await answered(vaultApi.vaultForgotPassword({ client, body: { email } }));
  const token = await mailed(email, "/api/reset-password?token=");
  const reset = { token, newPassword: "another good passphrase" };
  await answered(vaultApi.vaultResetPassword({ client, body: reset }));

  assert.equal((await refused(vaultApi.vaultRefreshPost({ client: session })))[0], 401);
  assert.equal((await refused(vaultApi.vaultLogin({ client, body: { email, password: PASSWORD } })))[0], 401);
}

async function mobile(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = mobileClient({ baseUrl });
  const name = { firstName: "Ada", lastName: "Lovelace" };
  const person = { ...name, gender: "female", contactNo: "0401234567", age: 36, email, password: PASSWORD };
  await answered(mobileApi.mobileSignUp({ client, body: person }));
  const { token } = await answered(mobileApi.mobileLogin({ client, body: { email, password: PASSWORD } }));

  const session = mobileClient({ baseUrl, auth: token });
  await answered(mobileApi.mobileUpdate({ client: session, body: { firstName: "Augusta" } }));
  const details = await answered(mobileApi.mobileDetails({ client: session }));
  assert.deepEqual([details.firstName, details.age, details.email], ["Augusta", "36", email]);
  await answered(mobileApi.mobileDelete({ client: session }));

  const after = await refused(mobileApi.mobileDetails({ client: session }));
  assert.deepEqual(after, [401, { status: 401, message: "Invalid token" }]);
}

async function owners(baseUrl: string): Promise<void> {
  const email = newEmail();
  const client = ownersClient({ baseUrl });
  const person = { firstname: "Ada", lastname: "Lovelace", email: newEmail(), password: PASSWORD };
  const owner = await answered(ownersApi.ownersCreateOwner({ client, body: person }));
  const named = { owneruuid: owner.uuid, appname: "engine" };
  const { apiKey: apikey } = await answered(ownersApi.ownersCreateApplication({ client, body: named }));
  const user = { apikey, username: "Charles", email, password: PASSWORD };
  await answered(ownersApi.ownersSignUp({ client, body: user }));
  const { token } = await answered(ownersApi.ownersSignInWithEmail({ client, body: { apikey, email, password: PASSWORD } }));
  assert.ok(token);

  const session = ownersClient({ baseUrl, auth: token });
  assert.equal((await answered(ownersApi.ownersIsLoggedPost({ client, body: { token } }))).auth, true);
  const changed = await answered(ownersApi.ownersUpdateUser({ client: session, body: { username: "Babbage" } }));
  assert.deepEqual(changed, { done: true, username: "Babbage", email });
  const shown = await answered(ownersApi.ownersUserData({ client: session }));
  assert.ok("username" in shown && shown.username === "Babbage");

  await answered(ownersApi.ownersDeleteApplication({ client, body: { apikey } }));
  assert.equal((await refused(ownersApi.ownersUserData({ client: session })))[0], 401);
  const ends = { uuid: owner.uuid, deletion_token: owner.deletion_token };
  assert.equal((await answered(ownersApi.ownersDeleteOwner({ client, body: ends }))).affectedRows, 1);
}

async function notes(baseUrl: string, mailed: Mailed): Promise<void> {
  const email = newEmail();
  const username = email.split("@")[0]!;
  const client = notesClient({ baseUrl });
  await answered(notesApi.notesSignUp({ client, body: { username, password: PASSWORD, email } }));
  const credentials = { client, body: { username, password: PASSWORD } };
  assert.equal((await refused(notesApi.notesLogin(credentials)))[0], 406); // the address is not verified yet
  const token = await mailed(email, "/auth/verify?token=");
  await answered(notesApi.notesVerify({ client, query: { token } }));
  const { tokens } = await answered(notesApi.notesLogin(credentials));

  const session = notesClient({ baseUrl, auth: tokens.access_token });
  assert.deepEqual(await answered(notesApi.notesCurrent({ client: session })), { username });
  const renewal = { client, body: { refresh_token: tokens.refresh_token } };
  const renewed = (await answered(notesApi.notesRefresh(renewal))).tokens;
  const again = notesClient({ baseUrl, auth: renewed.access_token });
  assert.deepEqual(await answered(notesApi.notesCurrent({ client: again })), { username });

  const stranger = notesClient({ baseUrl, auth: tokens.refresh_token });
  assert.deepEqual(await refused(notesApi.notesCurrent({ client: stranger })), [403, { error: "Expired token" }]);
}

await go({ appseed, vault, mobile, owners, notes });
