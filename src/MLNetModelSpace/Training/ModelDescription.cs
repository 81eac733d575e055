namespace MLNetModelSpace;

/// <summary>What a model's file says of it beside its weights.</summary>
/// <param name="Layout">Tensors and architecture.</param>
/// <param name="Seed">Of initialisation and shuffling.</param>
/// <param name="Options">The training options, as one text.</param>
/// <param name="Shares">Class proportions of its sample, where the row has them.</param>
/// <param name="Classes">The classes of the proportions, where the column names them.</param>
internal sealed record ModelDescription(WeightLayout Layout, long Seed, string Options, float[]? Shares, string[]? Classes);
