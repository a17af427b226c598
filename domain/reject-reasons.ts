/** Short and honest: each is stored as the decision's feedback, alone or before the person's own words. */
export const reject_reasons = ['Not now', 'Already handled', 'Wrong person', 'Facts are wrong', 'Words need work'] as const;
export const feedback_chars_max = 1_900;
