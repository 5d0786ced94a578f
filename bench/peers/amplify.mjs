// The simulator of AWS Amplify with the API of ../plane. It has no JavaScript resolvers: these are VTL.
import { readFileSync } from "node:fs";
import simulator from "@aws-amplify/amplify-appsync-simulator";

const { AmplifyAppSyncSimulator } = simulator;
const server = new AmplifyAppSyncSimulator({ port: 0, wsPort: 0 });
server.init({
  schema: { content: readFileSync(new URL("../plane/schema.graphql", import.meta.url), "utf8") },
  appSync: {
    name: "plane",
    apiKey: "da2-alone",
    defaultAuthenticationType: { authenticationType: "API_KEY" },
    additionalAuthenticationProviders: [],
  },
  dataSources: [{ type: "NONE", name: "nothing" }],
  resolvers: [
    {
      kind: "UNIT",
      typeName: "Mutation",
      fieldName: "publish",
      dataSourceName: "nothing",
      requestMappingTemplate: '{"version": "2018-05-29", "payload": $util.toJson($ctx.args)}',
      responseMappingTemplate: "$util.toJson($ctx.result)",
    },
  ],
});
await server.start();
process.stdout.write(`${server.url.replace(/\/graphql$/, "")}/graphql\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
