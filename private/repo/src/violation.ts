/** Something in a file that the rules of this repository forbid. */
export interface Violation {
	/** Path from the root, and the line where there is one. */
	readonly where: string;
	readonly problem: string;
}
