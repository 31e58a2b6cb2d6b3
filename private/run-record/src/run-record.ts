/**
 * Where and when a run took place, so that a kept result can be judged and repeated.
 *
 * @module
 */
export { type RunRecord, recordRun } from "./record-run.ts";
export { parseOrRefuse, refuseArguments } from "./refuse-arguments.ts";
export { openScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
export { writeJson } from "./write-json.ts";
