import type { Body } from "./object-store.ts";

/**
 * The body as a list of pieces, in order, empty ones left out.
 *
 * @throws TypeError for anything that is not bytes.
 */
export function bodyPieces(body: Body): readonly Uint8Array[] {
	const pieces: readonly Uint8Array[] = isBytes(body) ? [body] : body;
	if (!Array.isArray(pieces) || !pieces.every(isBytes)) {
		throw new TypeError("a body must be a Uint8Array or an array of them");
	}
	return pieces.filter((piece) => piece.length > 0);
}

/** The length of the whole body in bytes. */
export function bodyLength(body: Body): number {
	return bodyPieces(body).reduce((length, piece) => length + piece.length, 0);
}

/** The body's bytes in one buffer of their own. */
export function copyBody(body: Body): Uint8Array<ArrayBuffer> {
	const copy = new Uint8Array(bodyLength(body));
	let offset = 0;
	for (const piece of bodyPieces(body)) {
		copy.set(piece, offset);
		offset += piece.length;
	}
	return copy;
}

function isBytes(value: unknown): value is Uint8Array {
	return value instanceof Uint8Array;
}
