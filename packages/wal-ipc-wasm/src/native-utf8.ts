interface NodeLikeProcess {
	getBuiltinModule?(name: string): { readonly isUtf8?: (bytes: Uint8Array) => boolean } | undefined;
}

/** The runtime's own check, where it has one: it is faster than any that JavaScript or WebAssembly can do. */
export const nativeIsUtf8: ((bytes: Uint8Array) => boolean) | undefined = (
	globalThis as { process?: NodeLikeProcess }
).process?.getBuiltinModule?.("node:buffer")?.isUtf8;
