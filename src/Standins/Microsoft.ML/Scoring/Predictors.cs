namespace Microsoft.ML.Data;

/// <summary>A trained model as the transformers around it see it. Predictions may be asked for by many threads at once.</summary>
internal interface IFeaturePredictor
{
    /// <summary>The length of the feature vector; 0 where any will do.</summary>
    int FeatureCount { get; }
}

/// <summary>A model with one number for a row.</summary>
internal interface IScalarPredictor : IFeaturePredictor
{
    float Predict(in VBuffer<float> features);
}

/// <summary>A model whose score has a probability beside it.</summary>
internal interface ICalibratedPredictor : IScalarPredictor
{
    float Predict(in VBuffer<float> features, out float probability);
}

/// <summary>A model with one number for each of several classes.</summary>
internal interface IVectorPredictor : IFeaturePredictor
{
    int ScoreCount { get; }

    void Predict(in VBuffer<float> features, ref VBuffer<float> scores);
}
