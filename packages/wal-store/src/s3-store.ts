import { AbortListeners, type Clock, throwIfAborted } from "@memwal/wal-runtime";
import { BackgroundWork } from "./background-work.ts";
import { bodyPieces } from "./body.ts";
import { checkRange, clipRange } from "./byte-range.ts";
import { checkKey, checkPrefix } from "./object-key.ts";
import type {
	Body,
	ByteRange,
	GetOptions,
	ListOptions,
	ObjectMeta,
	ObjectStore,
	PutOptions,
	ReadOptions,
	StoredObject,
} from "./object-store.ts";
import { Places } from "./places.ts";
import { crc32Header } from "./s3-checksum.ts";
import { type Refusal, refusalOf, s3Error } from "./s3-errors.ts";
import { Exchange } from "./s3-exchange.ts";
import { listPages, wholeSeconds } from "./s3-list.ts";
import type { S3Caller, S3Sdk } from "./s3-sdk.ts";

export interface S3StoreOptions {
	readonly sdk: S3Sdk;
	readonly client: S3Caller;
	readonly bucket: string;
	readonly clock: Clock;
	/** How long one request may take, in milliseconds. */
	readonly requestMs: number;
	/** How many requests read, and how many write, at once. */
	readonly requestsAtOnce: number;
}

/** One call to the store. */
interface Call {
	/** What is tried, for the error that says it failed: "read a/b". */
	readonly what: string;
	readonly key?: string | undefined;
	readonly writes?: true | undefined;
	readonly signal: AbortSignal | undefined;
	readonly exchange?: Exchange | undefined;
}

/** What the SDK gives for a GET or a HEAD, as far as it is used. */
interface ObjectHeaders {
	readonly ContentLength?: number | undefined;
	readonly ContentRange?: string | undefined;
	readonly LastModified?: Date | undefined;
}

/** See `openS3Store`. */
export class S3Store implements ObjectStore {
	readonly #sdk: S3Sdk;
	readonly #client: S3Caller;
	readonly #bucket: string;
	readonly #clock: Clock;
	readonly #requestMs: number;
	readonly #reading: Places;
	readonly #writing: Places;
	readonly #inFlight = new BackgroundWork();
	readonly #listeners = new AbortListeners();

	constructor({ sdk, client, bucket, clock, requestMs, requestsAtOnce }: S3StoreOptions) {
		this.#sdk = sdk;
		this.#client = client;
		this.#bucket = bucket;
		this.#clock = clock;
		this.#requestMs = requestMs;
		this.#reading = new Places(requestsAtOnce);
		this.#writing = new Places(requestsAtOnce);
	}

	async get(key: string, { range, signal }: GetOptions = {}): Promise<StoredObject | undefined> {
		checkKey(key);
		checkRange(range);
		if (range && range.start === range.end) return withoutBytes(await this.head(key, { signal }));
		const found = await this.#read(key, range, signal);
		return found === "past the end" ? withoutBytes(await this.#headersOf(key, signal)) : found;
	}

	/**
	 * The first byte is read: the answer to a HEAD has no body, so that its 404 may mean an absent object, an absent bucket
	 * or, on some stores, credentials that are not known.
	 */
	async head(key: string, { signal }: ReadOptions = {}): Promise<ObjectMeta | undefined> {
		checkKey(key);
		const found = await this.#read(key, FIRST_BYTE, signal);
		if (found === "past the end") return this.#headersOf(key, signal);
		return found && { key, size: found.size, lastModifiedMs: found.lastModifiedMs };
	}

	async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<"created" | "exists"> {
		checkKey(key, "not-written");
		return this.#put(key, body, { IfNoneMatch: "*" }, options);
	}

	async put(key: string, body: Body, options: PutOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		await this.#put(key, body, {}, options);
	}

	async *list(prefix: string, { startAfter, signal }: ListOptions = {}): AsyncIterable<ObjectMeta> {
		checkPrefix(prefix);
		const pages = listPages({
			prefix,
			startAfter,
			page: (ContinuationToken) =>
				this.#send(
					new this.#sdk.ListObjectsV2Command({
						Bucket: this.#bucket,
						Prefix: prefix,
						// Keys may hold what XML cannot.
						EncodingType: "url",
						...(startAfter ? { StartAfter: startAfter } : {}),
						...(ContinuationToken === undefined ? {} : { ContinuationToken }),
					}),
					{ what: `list ${prefix || "the bucket"}`, key: prefix, signal },
				),
		});
		for await (const meta of pages) {
			throwIfAborted(signal);
			yield meta;
		}
		throwIfAborted(signal);
	}

	async delete(key: string, { signal }: ReadOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		const call = { what: `delete ${key}`, key, writes: true, signal } as const;
		await this.#answerOf(new this.#sdk.DeleteObjectCommand(this.#place(key)), call, ({ code }) =>
			code === "NoSuchKey" ? "absent" : undefined,
		);
	}

	/** Waits for what is under way, and closes every connection. */
	async close(): Promise<void> {
		await this.#inFlight.settled();
		this.#client.destroy();
	}

	async #put(
		key: string,
		body: Body,
		condition: { readonly IfNoneMatch?: "*" },
		{ crc32, signal }: PutOptions,
	): Promise<"created" | "exists"> {
		const pieces = bodyPieces(body);
		throwIfAborted(signal, "not-written");
		const command = new this.#sdk.PutObjectCommand({
			...this.#place(key),
			...condition,
			ContentLength: pieces.reduce((length, piece) => length + piece.length, 0),
			ContentType: "application/octet-stream",
			ChecksumCRC32: crc32Header(pieces, crc32),
		});
		const call = { what: `write ${key}`, key, writes: true, signal, exchange: new Exchange({ pieces }) } as const;
		const answer = await this.#answerOf(command, call, ({ code, status }) =>
			status === 412 && condition.IfNoneMatch && (code === undefined || code === "PreconditionFailed")
				? "exists"
				: undefined,
		);
		return answer === "exists" ? "exists" : "created";
	}

	async #read(
		key: string,
		range: ByteRange | undefined,
		signal: AbortSignal | undefined,
	): Promise<StoredObject | "past the end" | undefined> {
		const exchange = new Exchange({ wantsBytes: true });
		const input = { ...this.#place(key), ...(range ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}) };
		const found = await this.#answerOf<ObjectHeaders, "absent" | "past the end">(
			new this.#sdk.GetObjectCommand(input),
			{ what: `read ${key}`, key, signal, exchange },
			({ code, status }) => (code === "NoSuchKey" ? "absent" : status === 416 ? "past the end" : undefined),
		);
		if (found === "absent") return undefined;
		return found === "past the end" ? found : storedObject(key, found, exchange.bytes, range);
	}

	/** Of an object that is there: the store has just said that a range lies past its end. */
	async #headersOf(key: string, signal: AbortSignal | undefined): Promise<ObjectMeta> {
		const call = { what: `look up ${key}`, key, signal };
		const found = await this.#send<ObjectHeaders>(new this.#sdk.HeadObjectCommand(this.#place(key)), call);
		return { key, size: found.ContentLength ?? 0, lastModifiedMs: wholeSeconds(found.LastModified) };
	}

	#place(key: string): { readonly Bucket: string; readonly Key: string } {
		return { Bucket: this.#bucket, Key: key };
	}

	/** What the store answered, or what `meaning` makes of a refusal; any other refusal is thrown. */
	async #answerOf<Output, Meaning extends string>(
		command: unknown,
		call: Call,
		meaning: (refusal: Refusal) => Meaning | undefined,
	): Promise<Output | Meaning> {
		let meant: Meaning | undefined;
		const answer = await this.#send<Output>(command, call, (refusal) => {
			meant = meaning(refusal);
			return meant !== undefined;
		});
		return meant ?? (answer as Output);
	}

	/** One request. Resolves to nothing where the store refused and `isAnswer` takes that for an answer. */
	async #send<Output>(
		command: unknown,
		call: Call,
		isAnswer: (refusal: Refusal) => boolean = () => false,
	): Promise<Output> {
		const { what, key, writes = false, signal, exchange = new Exchange() } = call;
		const places = writes ? this.#writing : this.#reading;
		const work = places.hold(
			async () => {
				try {
					const output = await this.#withinTime(exchange, signal, () => this.#client.send(command, { exchange }));
					return output as Output;
				} catch (error) {
					const refusal = refusalOf(error);
					if (refusal && isAnswer(refusal)) return undefined as Output;
					throw s3Error(error, { what, key, writes, bucket: this.#bucket, exchange, signal });
				}
			},
			signal,
			writes ? "not-written" : undefined,
		);
		this.#inFlight.add(work);
		return work;
	}

	/** Stops the exchange when its time is over or its caller leaves; leaves neither a timer nor a listener. */
	async #withinTime<T>(exchange: Exchange, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
		const leave = () => exchange.stop("aborted");
		const endTimer = this.#clock.timer(this.#requestMs, () => exchange.stop("timeout"));
		if (signal) this.#listeners.add(signal, leave);
		try {
			return await exchange.answered(send);
		} finally {
			endTimer();
			if (signal) this.#listeners.remove(signal, leave);
		}
	}
}

const FIRST_BYTE: ByteRange = { start: 0, end: 1 };

function withoutBytes(meta: ObjectMeta | undefined): StoredObject | undefined {
	return meta && { ...meta, bytes: new Uint8Array() };
}

function storedObject(
	key: string,
	{ ContentLength, ContentRange, LastModified }: ObjectHeaders,
	bytes: Uint8Array<ArrayBuffer>,
	range: ByteRange | undefined,
): StoredObject {
	const meta = { key, lastModifiedMs: wholeSeconds(LastModified) };
	const size = /\/(\d+)$/.exec(ContentRange ?? "")?.[1];
	if (size !== undefined) return { ...meta, size: Number(size), bytes };
	const whole = ContentLength ?? bytes.length;
	// A store that knows no ranges sends everything.
	const { start, end } = clipRange(range, whole);
	return { ...meta, size: whole, bytes: range ? bytes.slice(start, end) : bytes };
}
