/**
 * A store in a bucket of S3, or of a store that speaks as S3 does: exactly one creator wins, and a failed write says
 * truly how far it got.
 *
 * ```ts
 * import { openS3Store } from "@memwal/wal-store/s3";
 *
 * const store = await openS3Store({ bucket: "my-bucket", region: "eu-central-1" });
 * await store.close?.();
 * ```
 *
 * @module
 */
import { realClock } from "@memwal/wal-runtime";
import type { ObjectStore } from "./object-store.ts";
import { createS3Client } from "./s3-client.ts";
import { locateBucket } from "./s3-location.ts";
import { type OpenS3StoreOptions, S3_DEFAULTS } from "./s3-options.ts";
import { loadS3Sdk } from "./s3-sdk.ts";
import { S3Store } from "./s3-store.ts";

export { type Evidence, PROVIDERS, type S3Provider } from "./providers.ts";
export { type OpenS3StoreOptions, S3_DEFAULTS, type S3Credentials, type S3Timeouts } from "./s3-options.ts";

/**
 * Opens a bucket as a store. Nothing is sent before the first call, and the bucket has to be there.
 *
 * Every call is one request, made once (what looks past an object's end takes a second one): the SDK's own retry would turn our success into "exists". `createOnce` and the readers of a log repeat
 * what can pass. A write's body goes to the connection as it is, with its CRC-32, and is the caller's again when the call
 * has settled. It needs `s3:GetObject`, `s3:PutObject` and `s3:ListBucket`, and `s3:DeleteObject` to delete.
 *
 * @throws `WAL_UNSUPPORTED` where `@aws-sdk/client-s3` is not installed, `WAL_STORE_UNSAFE` for an endpoint that is known
 * to let two creators win, `WAL_INVALID` for an endpoint that is no URL.
 */
export async function openS3Store(options: OpenS3StoreOptions): Promise<ObjectStore> {
	const { bucket, clock = realClock, timeouts } = options;
	const location = locateBucket(options);
	const sdk = await loadS3Sdk();
	return new S3Store({
		sdk,
		client: createS3Client(sdk, location, options),
		bucket,
		clock,
		requestMs: timeouts?.requestMs ?? S3_DEFAULTS.requestMs,
		requestsAtOnce: S3_DEFAULTS.requestsAtOnce,
	});
}
