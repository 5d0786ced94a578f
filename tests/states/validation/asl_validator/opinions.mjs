// Reads definitions by name from standard input, and writes what asl-validator says of each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const validate = createRequire(import.meta.url)('asl-validator');
const definitions = JSON.parse(readFileSync(0, 'utf8'));
const opinions = {};
for (const [name, definition] of Object.entries(definitions)) {
  try {
    const { isValid, errors } = validate(definition);
    opinions[name] = isValid ? [] : errors.map((error) => `${error['Error code']}: ${error.Message}`);
  } catch (error) {
    opinions[name] = [String(error)];
  }
}
console.log(JSON.stringify(opinions));
