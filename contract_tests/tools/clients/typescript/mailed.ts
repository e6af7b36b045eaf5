/** What a person does in a journey: be somebody new, and read the mail. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

export type Mailed = (email: string, path: string) => Promise<string>;
export type Journey = (url: string, mailed: Mailed) => Promise<void>;
type Outcome<Data> = { data?: Data; error?: unknown; response?: Response };

export const PASSWORD = "a good passphrase";
const PATIENCE = 10_000; // milliseconds

export const newEmail = (): string => `${randomUUID()}@example.com`;

/** The answer of a request that must succeed. */
export async function answered<Data>(outcome: Promise<Outcome<Data>>): Promise<NonNullable<Data>> {
  const { data, error } = await outcome;
  assert.ok(data, JSON.stringify(error));
  return data;
}

/** Status and answer of a request that must be refused. */
export async function refused(outcome: Promise<Outcome<unknown>>): Promise<[number | undefined, unknown]> {
  const { error, response } = await outcome;
  return [response?.status, error];
}

/** `node JOURNEYS DOOR URL OUTBOX` */
export async function go(journeys: Record<string, Journey>): Promise<void> {
  const [door, url, outbox] = process.argv.slice(2) as [string, string, string];
  await journeys[door]!(url, (email, path) => token(outbox, email, path));
}

/** The token of the link to `path` that was mailed to `email`. */
async function token(outbox: string, email: string, path: string): Promise<string> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await setTimeout(10)) {
    for (const name of readdirSync(outbox).filter((name) => /^[^.].*\.eml$/.test(name))) {
      const mail = readFileSync(`${outbox}/${name}`, "utf8");
      const found = mail.split(path)[1]?.match(/^[\w-]+/);
      if (mail.includes(email) && found) return found[0];
    }
  }
  throw new Error(`no mail to ${email} with ${path}`);
}
