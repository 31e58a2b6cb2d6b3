/** Rows that are read or put into a tree in one step, at most: some hundred microseconds, so that one can pause between. */
export const STEP_ROWS = 2048;

/** Keys that wait to go into a tree together, at most: so many that in one of a million rows, leaves get several each. */
export const RUN_ENTRIES = 8192;

/** The same in bytes of keys, about: they are sorted in one step, and long ones take longer. */
export const RUN_BYTES: number = 1 << 18;
