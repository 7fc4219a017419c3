/** Colours of drawn elements, by the first part of their class. */
export const KIND_COLOURS: Readonly<Record<string, { readonly fill: string; readonly edge: string }>> = {
  Source: { fill: '#dcfce7', edge: '#16a34a' },
  Sink: { fill: '#fee2e2', edge: '#dc2626' },
  Inference: { fill: '#ede9fe', edge: '#7c3aed' },
  Preprocess: { fill: '#e0f2fe', edge: '#0284c7' },
  Decoder: { fill: '#fef3c7', edge: '#d97706' },
  Filter: { fill: '#e0f2fe', edge: '#0284c7' },
  Draw: { fill: '#fce7f3', edge: '#db2777' },
  Flow: { fill: '#f1f5f9', edge: '#64748b' },
};

export const OTHER_COLOUR = { fill: '#f8fafc', edge: '#475569' };
