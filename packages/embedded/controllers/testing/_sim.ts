import { Client } from "@keelson/kube";
import { SimulatedNode } from "/work/main/packages/embedded/controllers/testing/simulated-node.ts";

const client = await Client.load({ kubeconfig: process.argv[2] });
for (let i = 1; i <= 3; i++) {
  const n = new SimulatedNode({ client, name: `sim${i}`, index: i });
  await n.start();
  setInterval(() => void n.renewLease(), 3000);
}
console.log("sim up");
