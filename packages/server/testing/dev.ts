/** A playground for work on the portal: a real API server with the samples, and the server on it. Ends with Ctrl-C. `dev.ts PORT [--real]` */
import { putSamples } from "./samples.ts";
import { startStage } from "./stage.ts";

const stage = await startStage({ port: Number(process.argv[2] ?? 8099), real: process.argv.includes("--real") });
await putSamples(stage.admin);
process.stdout.write(
  `${stage.url}  admin ${stage.password}\nkubeconfig ${stage.api.kubeconfig}\ntoken ${stage.cliToken}\n`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => void stage.stop().then(() => process.exit(0)));
