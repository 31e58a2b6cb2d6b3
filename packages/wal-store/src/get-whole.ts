import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore, ReadOptions, StoredObject } from "./object-store.ts";

/**
 * The whole object, or `undefined` where there is none.
 *
 * @throws `WAL_UNAVAILABLE` when fewer bytes arrived than the object has: a short answer is no answer.
 */
export async function getWhole(
	store: ObjectStore,
	key: string,
	options?: ReadOptions,
): Promise<StoredObject | undefined> {
	const object = await store.get(key, options);
	if (object && object.bytes.length !== object.size) {
		throw new WalError("WAL_UNAVAILABLE", `read ${object.bytes.length} of ${object.size} bytes of ${key}; try again`, {
			details: { key },
		});
	}
	return object;
}
