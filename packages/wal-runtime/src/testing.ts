/**
 * Time for tests.
 *
 * @module
 */
export { ManualClock } from "./manual-clock.ts";
