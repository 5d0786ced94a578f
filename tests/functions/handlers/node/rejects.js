Promise.reject(new Error('at init'));
exports.handler = async () => 1;
