import { crc32 } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Server } from "./s3-server.ts";

/** The SDK with its own way to the wire, set up as the driver sets it up. */
export interface BareClient {
	/** Creates an object, in one request. */
	create(key: string, bytes: Uint8Array): Promise<void>;
	close(): void;
}

/**
 * A client that does what the driver's requests are made of, and nothing else: one attempt a call, the same condition and
 * kind of body, the body in one piece and signed unread, its checksum made by the fastest that Node has (the SDK's own, in
 * JavaScript, takes longer than the request), one connection that stays. Its way to the wire is the SDK's own. Left out is
 * what a log adds: making the entry, limits of time, and telling how far a failed write got.
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
		async create(Key, bytes) {
			// A refusal is thrown: whoever wins here has created it.
			await client.send(
				new PutObjectCommand({
					Bucket: bucket,
					Key,
					Body: bytes,
					ContentType: "application/octet-stream",
					IfNoneMatch: "*",
					ChecksumCRC32: base64(crc32(bytes)),
				}),
			);
		},
		close: () => client.destroy(),
	};
}

/** Four bytes, the highest first, as S3 has checksums. */
function base64(checksum: number): string {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(checksum);
	return bytes.toString("base64");
}
