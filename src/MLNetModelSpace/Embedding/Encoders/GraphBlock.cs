namespace MLNetModelSpace.Embedding;

/// <summary>One block of a <see cref="ModelGraph"/>.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Incoming">True for edges by their outputs, false for edges by their inputs, null for biases.</param>
/// <param name="Nodes">Rows: receiving nodes.</param>
/// <param name="Features">Columns: senders times taps, or biases a node.</param>
internal sealed record GraphBlock(int Layer, bool? Incoming, int Nodes, int Features);
