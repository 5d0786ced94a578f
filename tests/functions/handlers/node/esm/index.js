export const handler = async () => ({ esm: true, require: typeof require });
