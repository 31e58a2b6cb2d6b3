/** Rows that are read and inserted in one step, at most: some hundred microseconds of work, so that one can pause between. */
export const STEP_ROWS = 2048;
