import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { S3HttpHandler } from "./s3-http-handler.ts";
import type { S3Location } from "./s3-location.ts";
import { type OpenS3StoreOptions, S3_DEFAULTS } from "./s3-options.ts";
import type { S3Caller, S3Sdk } from "./s3-sdk.ts";

/** What the SDK signs in place of a SHA-256 of the body, which takes longer than the rest of a request. */
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

/** A client that makes one attempt a call and sends our bodies as they are. */
export function createS3Client(
	sdk: S3Sdk,
	{ endpoint, region, addressing }: S3Location,
	options: OpenS3StoreOptions,
): S3Caller {
	const { profile, credentials, timeouts = {} } = options;
	const config: S3ClientConfig = {
		...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
		...(region === undefined ? {} : { region }),
		...(profile === undefined ? {} : { profile }),
		...(credentials === undefined ? {} : { credentials }),
		forcePathStyle: addressing === "path",
		// The SDK's own retry turns our success into a 412.
		maxAttempts: 1,
		// One round trip more, and not every store answers it; a refusal that comes early is handled by the caller.
		expectContinueHeader: false,
		// The checksum that we have goes along; the SDK's own, in JavaScript, takes 25 ms a megabyte.
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		requestHandler: new S3HttpHandler({
			connectTimeoutMs: timeouts.connectMs ?? S3_DEFAULTS.connectMs,
			idleTimeoutMs: timeouts.idleMs ?? S3_DEFAULTS.idleMs,
			keepAliveMs: timeouts.keepAliveMs ?? S3_DEFAULTS.keepAliveMs,
			maxConnections: 2 * S3_DEFAULTS.requestsAtOnce,
		}) as NonNullable<S3ClientConfig["requestHandler"]>,
	};
	const client = new sdk.S3Client(config);
	client.middlewareStack.add(
		(next) => (args) => {
			const { headers } = args.request as { headers: Record<string, string> };
			headers["x-amz-content-sha256"] = UNSIGNED_PAYLOAD;
			return next(args);
		},
		{ step: "build", name: "memwalUnsignedPayload" },
	);
	return client as unknown as S3Caller;
}
