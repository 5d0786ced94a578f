import { setTimeout } from 'node:timers/promises';

const loaded = await setTimeout(1, 'top-level await');

export const handler = async () => ({ loaded, url: import.meta.url.split('/').at(-1) });
export default { handler };
