exports.handler = async () => __filename.split('/').slice(-3).join('/');
