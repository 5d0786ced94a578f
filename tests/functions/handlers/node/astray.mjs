import 'nowhere-to-be-found'; export const handler = async () => 1;
