/** For tests of the server and the portal: a stage to run on and scenes to show. */
export * from "./samples.ts";
export * from "./scene.ts";
export { type Stage, type StageOptions, startStage } from "./stage.ts";
