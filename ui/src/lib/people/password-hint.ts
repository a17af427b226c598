export const password_hint = 'At least 8 characters; 15 or more are better, such as a few words in a row.';
