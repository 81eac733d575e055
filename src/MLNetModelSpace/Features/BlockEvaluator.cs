using System.Runtime.ExceptionServices;

namespace MLNetModelSpace.Features;

/// <summary>A row's weights, and the vector that is made of them.</summary>
internal sealed class ModelRow
{
    /// <summary>Where it stands in the view.</summary>
    public long Position { get; set; }

    public WeightLayout Layout { get; set; } = null!;

    public float[] Weights { get; set; } = [];

    /// <summary>As long as the column's vectors.</summary>
    public required float[] Result { get; init; }

    /// <summary>What went wrong with this row alone; thrown when somebody asks for its vector.</summary>
    public Exception? Error { get; set; }

    /// <summary>Reads the row that the reader stands on.</summary>
    public void Read(WeightsReader reader, long position)
    {
        Position = position;
        Error = null;
        try
        {
            ReadOnlySpan<float> weights = reader.Read(out WeightLayout layout);
            Layout = layout;
            if (Weights.Length != weights.Length)
                Weights = new float[weights.Length];
            weights.CopyTo(Weights);
        }
        catch (InvalidDataException error)
        {
            Error = error;
        }
    }

    /// <summary>The vector.</summary>
    /// <exception cref="InvalidDataException">What <see cref="Error"/> says.</exception>
    public ReadOnlySpan<float> GetResult()
    {
        if (Error is { } error)
            ExceptionDispatchInfo.Throw(error);
        return Result;
    }
}

/// <summary>
/// Computes vectors of several models at a time, on threads of our own. A row's numbers depend on the row alone. Owns its buffers: used by one thread at a time.
/// </summary>
internal abstract class BlockEvaluator : IDisposable
{
    /// <summary>Rows at a time that keep all threads busy.</summary>
    public abstract int BlockSize { get; }

    /// <summary>Fills in each row's result, or its error.</summary>
    /// <param name="rows">Rows without an error.</param>
    public abstract void Evaluate(IReadOnlyList<ModelRow> rows);

    public abstract void Dispose();
}
