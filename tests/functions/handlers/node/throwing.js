throw new RangeError('at init');
