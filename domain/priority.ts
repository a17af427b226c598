/** APS, the action priority score: the one order of the inbox. 0 to 100, the sum of four parts that are shown with it. */

export interface Priority {
  score: number;
  parts: {
    /** 0 to 40: what the customer pays, by percentile. */
    revenue: number;
    /** 0 to 30: low 5, high 20, critical 30. */
    urgency: number;
    /** 0 to 15: 15 when one click does it, less when it takes an edit first. */
    effort: number;
    /** 0 to 15: a VIP or a renewal that is near. */
    strategic: number;
  };
}

export interface PriorityInput {
  urgency: 'low' | 'high' | 'critical';
  /** 0 to 100; undefined when nobody knows. */
  revenue_percentile?: number;
  needs_edit: boolean;
  vip: boolean;
  renewal_near: boolean;
}

export const priority_urgency_points = { low: 5, high: 20, critical: 30 } as const;

export function priorityOf(input: PriorityInput): Priority {
  const percentile = Math.min(100, Math.max(0, input.revenue_percentile ?? 0));
  const parts = {
    revenue: Math.round((percentile / 100) * 40),
    urgency: priority_urgency_points[input.urgency],
    effort: input.needs_edit ? 5 : 15,
    strategic: (input.vip ? 10 : 0) + (input.renewal_near ? 5 : 0),
  };
  return { score: parts.revenue + parts.urgency + parts.effort + parts.strategic, parts };
}
