// What Node and npm's dotenv read. A JSON array of texts comes on stdin; for each parser that is named, a JSON line of their values goes out.
const { readFileSync } = require("node:fs");
const { parseEnv } = require("node:util");

const parsers = {
  parseEnv,
  dotenv16: (text) => require("dotenv16").parse(text),
  dotenv18: (text) => require("dotenv18").parse(text),
  // What its option `fast` switches on.
  dotenv18fast: (text) => require("dotenv18").parse(text, { fast: true }),
};
const texts = JSON.parse(readFileSync(0, "utf8"));
for (const name of process.argv.slice(2)) {
  process.stdout.write(JSON.stringify(texts.map((text) => ({ ...parsers[name](text) }))) + "\n");
}
