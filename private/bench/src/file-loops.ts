import * as fs from "node:fs";
import { link, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** What anybody would write first to put bytes under a name, whole and durable, if the name is free. */
export async function createObviously(path: string, temporary: string, bytes: Uint8Array): Promise<void> {
	const file = await open(temporary, "wx");
	await file.write(bytes);
	await file.sync();
	await file.close();
	await link(temporary, path);
	await unlink(temporary);
	const folder = await open(dirname(path));
	await folder.sync();
	await folder.close();
}

/** The same calls without the event loop: as fast as one client can be, while nothing else in the process runs. */
export function createSynchronously(path: string, temporary: string, bytes: Uint8Array): void {
	const file = fs.openSync(temporary, "wx");
	fs.writeSync(file, bytes);
	fs.fsyncSync(file);
	fs.closeSync(file);
	fs.linkSync(temporary, path);
	fs.unlinkSync(temporary);
	const folder = fs.openSync(dirname(path), "r");
	fs.fsyncSync(folder);
	fs.closeSync(folder);
}
