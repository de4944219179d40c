// Reads the JSON Schema of the wire on standard input, prints TypeScript.
import { compile } from "json-schema-to-typescript";

let text = "";
for await (const piece of process.stdin) text += piece;
// The compiler knows tuples as drafts before 2020-12 wrote them.
const schema = JSON.parse(text, (_, value) => {
  if (!value?.prefixItems) return value;
  const { prefixItems: items, ...others } = value;
  return { ...others, items };
});
const banner = "/* Made from protocol/ by `make types`. Do not edit: a test compares it. */";
const made = await compile(schema, "Wire", {
  bannerComment: banner,
  additionalProperties: false,
  unreachableDefinitions: true,
  enableConstEnums: false,
});
process.stdout.write(made);
