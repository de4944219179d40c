// Reads the JSON Schema of the wire on standard input, prints TypeScript.
import { compile } from "json-schema-to-typescript";

let text = "";
for await (const piece of process.stdin) text += piece;
const schema = JSON.parse(text);
const banner = "/* Made from protocol/ by `make types`. Do not edit: a test compares it. */";
const made = await compile(schema, "Wire", {
  bannerComment: banner,
  additionalProperties: false,
  unreachableDefinitions: true,
  enableConstEnums: false,
});
process.stdout.write(made);
