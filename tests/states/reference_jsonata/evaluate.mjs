// Evaluates JSONata: a line in is an expression as JSON, a line out {"value": …} or {"error": …}.
import { createInterface } from 'node:readline';
import jsonata from 'jsonata';

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const value = await jsonata(JSON.parse(line)).evaluate();
    answer = value === undefined ? { absent: true } : { value };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
