/** @hey-api/openapi-ts: a client of each door, for Node's own modules. */
export default ["appseed", "vault", "mobile", "owners", "notes"].map((door) => ({
  input: `${door}.json`,
  output: { path: door, importFileExtension: ".js" },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
}));
