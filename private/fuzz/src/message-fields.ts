/** A number in a message's metadata that says how much there is of something, where it is, or what it is. */
export interface NumberPlace {
	/** Bytes from the start of the frame. */
	readonly at: number;
	readonly bytes: 1 | 2 | 4 | 8;
	/** References may be turned to another table of the message. */
	readonly isReference?: boolean;
}

/** What a damaged frame is aimed at. */
export interface FrameAnatomy {
	readonly numbers: readonly NumberPlace[];
	/** Where tables and vectors begin, as references name them. */
	readonly targets: readonly number[];
	/** Buffers of the body that have bytes. */
	readonly buffers: readonly { readonly start: number; readonly length: number }[];
}

type Slot =
	| { readonly kind: "number"; readonly bytes: 1 | 2 | 4 | 8 }
	| { readonly kind: "table"; readonly table: string }
	| { readonly kind: "tables"; readonly table: string }
	| { readonly kind: "structs"; readonly bytes: 1 | 4 | 8; readonly numbers: number };

const byte: Slot = { kind: "number", bytes: 1 };
const short: Slot = { kind: "number", bytes: 2 };
const long: Slot = { kind: "number", bytes: 8 };
const string: Slot = { kind: "structs", bytes: 1, numbers: 0 };
const metadata: Slot = { kind: "tables", table: "KeyValue" };
const pairs: Slot = { kind: "structs", bytes: 8, numbers: 2 };

/** The tables of `Message.fbs` and `Schema.fbs`, by slot. What a type's table has in its slots depends on the type. */
const TABLES: Readonly<Record<string, readonly Slot[]>> = {
	Message: [short, byte, { kind: "table", table: "Header" }, long, metadata],
	Schema: [short, { kind: "tables", table: "Field" }, metadata],
	Field: [
		string,
		byte,
		byte,
		{ kind: "table", table: "Type" },
		{ kind: "table", table: "DictionaryEncoding" },
		{ kind: "tables", table: "Field" },
		metadata,
	],
	DictionaryEncoding: [long, { kind: "table", table: "Type" }, byte, short],
	KeyValue: [string, string],
	RecordBatch: [
		long,
		pairs,
		pairs,
		{ kind: "table", table: "BodyCompression" },
		{ kind: "structs", bytes: 8, numbers: 1 },
	],
	DictionaryBatch: [long, { kind: "table", table: "RecordBatch" }, byte],
	BodyCompression: [byte, byte],
	Type: [
		{ kind: "number", bytes: 4 },
		{ kind: "number", bytes: 4 },
		{ kind: "number", bytes: 4 },
	],
};

const HEADERS: Readonly<Record<number, string>> = { 1: "Schema", 2: "DictionaryBatch", 3: "RecordBatch" };
const PREFIX_BYTES = 8;
const VTABLE_START = 4;

/** Takes apart the metadata of a valid frame. */
export function dissect(frame: Uint8Array): FrameAnatomy {
	return new Dissection(frame).all();
}

class Dissection {
	readonly #view: DataView;
	readonly #bodyStart: number;
	readonly #numbers: NumberPlace[] = [{ at: 4, bytes: 4 }];
	readonly #targets: number[] = [];
	readonly #buffers: { start: number; length: number }[] = [];

	constructor(frame: Uint8Array) {
		this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
		this.#bodyStart = PREFIX_BYTES + this.#view.getUint32(4, true);
	}

	all(): FrameAnatomy {
		this.#table(this.#follow(PREFIX_BYTES), "Message");
		return { numbers: this.#numbers, targets: this.#targets, buffers: this.#buffers };
	}

	#follow(at: number): number {
		this.#numbers.push({ at, bytes: 4, isReference: true });
		const target = at + this.#view.getUint32(at, true);
		this.#targets.push(target);
		return target;
	}

	#table(table: number, name: string): void {
		const view = this.#view;
		const vtable = table - view.getInt32(table, true);
		this.#numbers.push({ at: table, bytes: 4 }, { at: vtable, bytes: 2 });
		const end = vtable + view.getUint16(vtable, true);
		const slots = TABLES[name] ?? [];
		slots.forEach((slot, index) => {
			const entry = vtable + VTABLE_START + 2 * index;
			const offset = entry < end ? view.getUint16(entry, true) : 0;
			if (offset === 0) return;
			this.#numbers.push({ at: entry, bytes: 2 });
			this.#slot(table, table + offset, slot, name === "RecordBatch" && index === 2);
		});
	}

	#slot(table: number, at: number, slot: Slot, isBuffers: boolean): void {
		if (slot.kind === "number") {
			const fits = at + slot.bytes <= this.#bodyStart;
			this.#numbers.push({ at, bytes: fits ? slot.bytes : 1 });
			return;
		}
		const target = this.#follow(at);
		switch (slot.kind) {
			case "table":
				this.#table(target, slot.table === "Header" ? this.#headerOf(table) : slot.table);
				return;
			case "tables":
				this.#vector(target, (index) => this.#table(this.#follow(target + 4 + 4 * index), slot.table));
				return;
			case "structs":
				this.#vector(target, (index) => {
					if (slot.numbers === 0) return;
					const struct = target + 4 + index * slot.numbers * slot.bytes;
					for (let i = 0; i < slot.numbers; i++) {
						this.#numbers.push({ at: struct + i * slot.bytes, bytes: slot.bytes });
					}
					if (isBuffers) this.#buffer(struct);
				});
		}
	}

	#headerOf(message: number): string {
		const vtable = message - this.#view.getInt32(message, true);
		const offset = this.#view.getUint16(vtable + VTABLE_START + 2, true);
		return HEADERS[this.#view.getUint8(message + offset)] ?? "";
	}

	#vector(at: number, visit: (index: number) => void): void {
		this.#numbers.push({ at, bytes: 4 });
		const count = this.#view.getUint32(at, true);
		for (let index = 0; index < count; index++) visit(index);
	}

	#buffer(struct: number): void {
		const start = this.#bodyStart + Number(this.#view.getBigInt64(struct, true));
		const length = Number(this.#view.getBigInt64(struct + 8, true));
		if (length > 0) this.#buffers.push({ start, length });
	}
}
