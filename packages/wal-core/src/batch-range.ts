/** The batches from `start` to before `end`. */
export interface BatchRange {
	readonly start: number;
	readonly end: number;
}
