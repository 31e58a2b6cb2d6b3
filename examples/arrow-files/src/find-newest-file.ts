/**
 * The number of a chain's newest file, 0 where it has none, in O(log n) looks and without a listing.
 *
 * Files are created in ascending order and never deleted, so the search doubles its step upwards from `known` and then
 * halves. Whoever creates the next file meanwhile is found by colliding with it.
 */
export async function findNewestFile(exists: (number: bigint) => Promise<boolean>, known: bigint): Promise<bigint> {
	let newest = known;
	let step = 1n;
	while (await exists(newest + step)) {
		newest += step;
		step *= 2n;
	}
	let absent = newest + step;
	while (absent - newest > 1n) {
		const middle = newest + (absent - newest) / 2n;
		if (await exists(middle)) newest = middle;
		else absent = middle;
	}
	return newest;
}
