throw new Error('this file has no tests');
