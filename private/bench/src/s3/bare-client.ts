import { crc32 } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Server } from "./s3-server.ts";

/** Bytes with their CRC-32 as S3 has it, which nobody has to compute again. */
export interface BareBody {
	readonly bytes: Uint8Array;
	readonly crc32: string;
}

/** The SDK with its own way to the wire, set up as the driver sets it up. */
export interface BareClient {
	/** Creates an object, in one request. */
	create(key: string, body: BareBody): Promise<void>;
	close(): void;
}

export function bareBody(bytes: Uint8Array): BareBody {
	const crc = Buffer.alloc(4);
	crc.writeUInt32BE(crc32(bytes));
	return { bytes, crc32: crc.toString("base64") };
}

/**
 * A client that makes one attempt a call, keeps its connection, hashes no body, and sends the checksum it is given: what
 * is left is the SDK's own work and the request.
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
		async create(Key, { bytes, crc32: ChecksumCRC32 }) {
			// A refusal is thrown: whoever wins here has created it.
			await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes, IfNoneMatch: "*", ChecksumCRC32 }));
		},
		close: () => client.destroy(),
	};
}
