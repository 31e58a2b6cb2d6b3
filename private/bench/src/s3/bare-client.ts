import { crc32 } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Server } from "./s3-server.ts";

/** Bytes with their CRC-32, which nobody has to compute again. */
export interface BareBody {
	readonly bytes: Uint8Array;
	readonly crc32: number;
}

/** The SDK with its own way to the wire, set up as the driver sets it up. */
export interface BareClient {
	/** Creates an object, in one request. */
	create(key: string, body: BareBody): Promise<void>;
	close(): void;
}

export function bareBody(bytes: Uint8Array): BareBody {
	return { bytes, crc32: crc32(bytes) };
}

/**
 * A client that does what the driver's requests are made of, and nothing else: one attempt a call, the same condition and
 * kind of body, the body in one piece and signed unread, a checksum that it is given and only writes down, one connection
 * that stays. Its way to the wire is the SDK's own. Left out is what a log adds: making the entry, its checksum, limits of
 * time, and telling how far a failed write got.
 */
export function openBareClient({ endpoint, region, credentials, bucket }: S3Server): BareClient {
	const client = new S3Client({
		endpoint,
		region,
		credentials,
		forcePathStyle: true,
		maxAttempts: 1,
		expectContinueHeader: false,
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		requestHandler: { httpAgent: { keepAlive: true, noDelay: true } },
	});
	client.middlewareStack.add(
		(next) => (args) => {
			const { headers } = args.request as { headers: Record<string, string> };
			headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
			return next(args);
		},
		{ step: "build", name: "benchUnsignedPayload" },
	);
	return {
		async create(Key, { bytes, crc32 }) {
			// A refusal is thrown: whoever wins here has created it.
			await client.send(
				new PutObjectCommand({
					Bucket: bucket,
					Key,
					Body: bytes,
					ContentType: "application/octet-stream",
					IfNoneMatch: "*",
					ChecksumCRC32: base64(crc32),
				}),
			);
		},
		close: () => client.destroy(),
	};
}

/** Four bytes, the highest first, as S3 has checksums. */
function base64(crc32: number): string {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(crc32);
	return bytes.toString("base64");
}
