// Makes the types of the operations' answers from ../schema.graphql, the contract itself.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import { buildSchema, introspectionFromSchema } from "graphql";

const here = new URL(".", import.meta.url);
const appsync = await readFile(new URL("appsync.graphql", here), "utf8");
const contract = await readFile(new URL("../../schema.graphql", here), "utf8");
const schema = buildSchema(`${appsync}\n${contract}`);
const types = outputIntrospectionFile(
  minifyIntrospection(introspectionFromSchema(schema, { descriptions: false })),
  { fileType: ".d.ts", shouldPreprocess: false },
);
const folder = new URL("../.generated/", here);
await mkdir(folder, { recursive: true });
await writeFile(new URL("schema.d.ts", folder), types);
