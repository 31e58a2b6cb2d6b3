/** Answers that a fault makes up, with the code that S3 gives such an answer. */
export const FAULT_STATUSES = {
	400: "RequestTimeout",
	409: "ConditionalRequestConflict",
	429: "TooManyRequests",
	500: "InternalError",
	503: "SlowDown",
} as const;

export type FaultStatus = keyof typeof FAULT_STATUSES;

/** What happens to one request between a client and its server. Times are in milliseconds. */
export type WireFault =
	/** The connection is reset as soon as the head has come: the server hears nothing. */
	| { readonly name: "reset-before" }
	/** The server carries the request out, and the connection is reset in place of its answer. */
	| { readonly name: "reset-after-commit" }
	/** The server gets the request later, whether or not the client still waits. */
	| { readonly name: "delay-request"; readonly ms: number }
	/** The client gets the answer later. */
	| { readonly name: "delay-response"; readonly ms: number }
	/** The client gets the first half of the answer, head included, and then the end of the connection. */
	| { readonly name: "truncate-response" }
	/** The server gets the request twice, and the client the second answer. */
	| { readonly name: "duplicate-request" }
	/** The client gets its answer, and the server the same request once more, later. */
	| { readonly name: "replay-later"; readonly ms: number }
	/** The client gets a made-up answer, and the server nothing. */
	| { readonly name: "status-before"; readonly status: FaultStatus }
	/** The server carries the request out, and the client gets a made-up answer. */
	| { readonly name: "status-after"; readonly status: FaultStatus }
	/** The body of a PUT trickles towards the server, any other request's answer towards the client, for so long. */
	| { readonly name: "slow-body"; readonly ms: number }
	/** The server carries the request out; the client's connection is ended towards the client, and only so, without an answer. */
	| { readonly name: "half-close" }
	/** The server carries the request out, and the client hears nothing, on a connection that stays open. */
	| { readonly name: "never-answer" }
	/** A 412 is a reset to the client, as where a server refuses a large body before it has read it all. */
	| { readonly name: "reset-refusal" };

export type FaultName = WireFault["name"];
