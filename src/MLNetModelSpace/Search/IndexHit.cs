namespace MLNetModelSpace;

/// <summary>One answer of a <see cref="ModelIndex"/>.</summary>
/// <param name="Id">The model's identifier.</param>
/// <param name="Position">Its row in the index, from 0; <see cref="ModelIndex.GetMetadata{T}"/> takes it.</param>
/// <param name="Score">The cosine (larger is nearer) or the Euclidean distance (smaller is nearer).</param>
public readonly record struct IndexHit(string Id, int Position, float Score);
