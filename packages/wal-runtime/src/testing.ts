/**
 * Time for tests.
 *
 * @module
 */
export { ManualClock, type ManualClockOptions } from "./manual-clock.ts";
