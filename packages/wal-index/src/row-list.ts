const FIRST_ROWS = 16;
const CHUNK_BITS = 14;
const CHUNK_ROWS = 1 << CHUNK_BITS;

/** Numbers of rows, ascending, which are only ever added to. */
export class RowList {
	/** Full, but for the last. They never move once they are full. */
	readonly #chunks: Int32Array[] = [];
	length = 0;
	/** Memory that is held. */
	bytes = 0;

	push(row: number): void {
		const place = this.length & (CHUNK_ROWS - 1);
		const number = this.length >>> CHUNK_BITS;
		let chunk = this.#chunks[number];
		if (chunk === undefined || place === chunk.length) {
			const grown = new Int32Array(number > 0 ? CHUNK_ROWS : Math.max(FIRST_ROWS, 2 * place));
			if (chunk) grown.set(chunk);
			this.bytes += grown.byteLength - (chunk?.byteLength ?? 0);
			this.#chunks[number] = grown;
			chunk = grown;
		}
		chunk[place] = row;
		this.length++;
	}

	at(index: number): number {
		return (this.#chunks[index >>> CHUNK_BITS] as Int32Array)[index & (CHUNK_ROWS - 1)] as number;
	}

	/** How many lie below a row. */
	countBelow(row: number): number {
		let begin = 0;
		let end = this.length;
		while (begin < end) {
			const middle = (begin + end) >>> 1;
			if (this.at(middle) < row) begin = middle + 1;
			else end = middle;
		}
		return begin;
	}
}
