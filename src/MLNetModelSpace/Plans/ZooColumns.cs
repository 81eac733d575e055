namespace MLNetModelSpace;

/// <summary>Names of the columns that zoo plans, trained zoos and vectorized zoos have.</summary>
public static class ZooColumns
{
    /// <summary><c>Vector&lt;Single&gt;</c>, n·C·H·W values in [0, 1]: the sample one model is trained on.</summary>
    public const string Images = "Images";

    /// <summary><c>Vector&lt;Single, K&gt;</c>: class proportions of the sample.</summary>
    public const string Shares = "Shares";

    /// <summary><c>Int64</c>: seed of a model's initialisation and shuffling.</summary>
    public const string Seed = "Seed";

    /// <summary><c>Boolean</c>: which of two classes the model was trained on.</summary>
    public const string Origin = "Origin";

    /// <summary>Key: which of many classes the model was trained on.</summary>
    public const string OriginClass = "OriginClass";

    /// <summary>What the model was trained on, under the name that ML.NET's trainers look for: as <see cref="Origin"/> for two classes, as <see cref="OriginClass"/> for more.</summary>
    public const string Label = "Label";

    /// <summary>Key: models of different folds share no image.</summary>
    public const string Fold = "Fold";

    /// <summary><c>UInt64</c>: identity of the sample: equal where the same images of the same dataset were drawn in the same order.</summary>
    public const string Sample = "Sample";

    /// <summary><c>Vector&lt;Single&gt;</c>: all parameters in <c>state_dict</c> order.</summary>
    public const string Weights = "Weights";

    /// <summary>Text: the <see cref="WeightLayout"/> of a row, in zoos of mixed architectures.</summary>
    public const string Layout = "Layout";

    /// <summary><c>Vector&lt;Single, d&gt;</c>: the vectorized model.</summary>
    public const string Features = "Features";

    /// <summary><c>Vector&lt;Single, K&gt;</c> of unit norm: the model's place in the model–dataset space.</summary>
    public const string Embedding = "Embedding";

    /// <summary><c>Single</c>: mean training loss of the last epoch.</summary>
    public const string TrainingLoss = "TrainingLoss";

    /// <summary><c>Single</c>: mean squared reconstruction error on the training sample after training.</summary>
    public const string ReconstructionError = "ReconstructionError";

    /// <summary>Text: what a model is called, such as its file's name in the zoo directory.</summary>
    public const string Name = "Name";

    /// <summary>Key: which mixture the model belongs to; three rows have each.</summary>
    public const string Mixture = "Mixture";

    /// <summary>Key: <c>First</c>, <c>Second</c> or <c>Union</c>, the part of its mixture that the model is trained on.</summary>
    public const string MixtureRole = "MixtureRole";

    /// <summary><c>Int32</c>: images in the sample.</summary>
    public const string ImageCount = "ImageCount";
}
