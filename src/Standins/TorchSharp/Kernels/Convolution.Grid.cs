using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TorchSharp.Kernels;

/// <content>Which results are computed together.</content>
internal static partial class Convolution
{
    /// <summary>
    /// The results of one channel of some images, as registers: each holds neighbours of one row, or, where rows are short, runs on over the columns that
    /// the planes have more than the result has. What is computed for places that are no results is dropped. In place, where a row has at least a
    /// register's length, the last register of a row ends where the row ends and repeats some results of the one before.
    /// </summary>
    private readonly struct Grid
    {
        /// <summary>Elements that registers may read beyond the last plane.</summary>
        public const int Slack = 64;

        /// <summary>Registers are handed out in groups of this many.</summary>
        private const int Group = 8;

        /// <summary>Images are taken together while their planes stay within this many bytes, so that they stay in the first-level cache.</summary>
        private const int CacheBytes = 24 << 10;

        private readonly int _count, _height, _width, _planeWidth, _vectorsOfRow, _vectorsOfImage;

        private Grid(int count, int height, int width, int planeWidth, int imageLength, int batch, int elementSize, bool inPlace)
        {
            (_count, _height, _width, _planeWidth, ImageLength) = (count, height, width, planeWidth, imageLength);
            var byRows = height * ((width + count - 1) / count);
            var flat = (((height - 1) * planeWidth) + width + count - 1) / count;
            IsInPlace = inPlace && width >= count && byRows <= flat + (flat / 2);
            _vectorsOfRow = IsInPlace || byRows <= flat + (flat / 8) ? (width + count - 1) / count : 0;
            _vectorsOfImage = _vectorsOfRow > 0 ? byRows : flat;
            ResultWidth = _vectorsOfRow > 0 ? _vectorsOfRow * count : planeWidth;
            Images = Math.Clamp(CacheBytes / (elementSize * imageLength), 1, batch);
            Fresh = IsInPlace ? width - ((_vectorsOfRow - 1) * count) : count;
        }

        /// <summary>Whether registers are stored where the results belong, instead of one after another in memory of their own.</summary>
        public bool IsInPlace { get; }

        /// <summary>How many of the last elements of a row's last register are not repeated ones.</summary>
        public int Fresh { get; }

        /// <summary>Images taken together.</summary>
        public int Images { get; }

        /// <summary>Elements of all planes of an image.</summary>
        public int ImageLength { get; }

        /// <summary>Elements from one row of results to the next, before they are brought together.</summary>
        public int ResultWidth { get; }

        public int ResultsOfImage => _vectorsOfImage * _count;

        public int PaddedVectors => PaddedVectorsOf(Images);

        /// <summary>Elements of one channel of results.</summary>
        public int ResultLength => PaddedVectors * _count;

        public static Grid For<T>(int height, int width, int planeWidth, int imageLength, int batch, bool inPlace)
            where T : unmanaged => new(RegisterCount<T>(), height, width, planeWidth, imageLength, batch, Unsafe.SizeOf<T>(), inPlace);

        public int VectorsOf(int images) => images * _vectorsOfImage;

        /// <summary>Registers that repeat nothing; they come first.</summary>
        public int WholeVectorsOf(int images) => Fresh < _count ? images * _height * (_vectorsOfRow - 1) : VectorsOf(images);

        public int PaddedVectorsOf(int images) => (VectorsOf(images) + Group - 1) / Group * Group;

        /// <summary>
        /// Where in the planes each register of results begins, for a tap of offset 0, and where it is stored; the results of two images are
        /// <paramref name="outputStep"/> elements apart.
        /// </summary>
        public void Positions(int images, int outputStep, Span<int> positions, Span<int> places)
        {
            var v = 0;
            if (!IsInPlace)
            {
                // Without rows of its own, an image is one long row.
                var (rows, vectors) = _vectorsOfRow == 0 ? (1, _vectorsOfImage) : (_height, _vectorsOfRow);
                for (var image = 0; image < images; image++)
                {
                    for (var row = 0; row < rows; row++)
                    {
                        var position = (image * ImageLength) + (row * _planeWidth);
                        for (var i = 0; i < vectors; i++, v++)
                            (positions[v], places[v]) = (position + (i * _count), v * _count);
                    }
                }
            }
            else
            {
                for (var column = 0; column <= _width - _count; column += _count)
                    v = Column(column, images, outputStep, positions, places, v);
                if (Fresh < _count)
                    v = Column(_width - _count, images, outputStep, positions, places, v);
            }

            positions[v..].Fill(positions[v - 1]);
            for (var last = places[v - 1]; v < places.Length; v++)
                places[v] = IsInPlace ? last : v * _count;
        }

        private int Column(int column, int images, int outputStep, Span<int> positions, Span<int> places, int v)
        {
            for (var image = 0; image < images; image++)
            {
                var (position, place) = ((image * ImageLength) + column, (image * outputStep) + column);
                foreach (ref var at in positions.Slice(v, _height))
                {
                    at = position;
                    position += _planeWidth;
                }

                foreach (ref var at in places.Slice(v, _height))
                {
                    at = place;
                    place += _width;
                }

                v += _height;
            }

            return v;
        }

        /// <summary>Brings the results together in the output, whose images are <paramref name="outputStep"/> elements apart.</summary>
        public void CopyResults<T>(int images, int channels, ReadOnlySpan<T> results, Span<T> output, int outputStep)
            where T : unmanaged
        {
            var plane = _height * _width;
            for (var image = 0; image < images; image++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    var source = results.Slice((channel * ResultLength) + (image * ResultsOfImage), ResultsOfImage);
                    var target = output.Slice((image * outputStep) + (channel * plane), plane);
                    CopyRows(new Run(0, 1, _height, _height), new Run(0, 1, _width, _width), source, ResultWidth, target, _width);
                }
            }
        }

        /// <summary>The reverse for a gradient, into memory that was cleared once: the places that are no results stay zero.</summary>
        public void SpreadGradients<T>(int images, int channels, ReadOnlySpan<T> gradOutput, int outputStep, Span<T> gradients)
            where T : unmanaged
        {
            var plane = _height * _width;
            for (var image = 0; image < images; image++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    var target = gradients.Slice((channel * ResultLength) + (image * ResultsOfImage), ResultsOfImage);
                    var source = gradOutput.Slice((image * outputStep) + (channel * plane), plane);
                    CopyRows(new Run(0, 1, _height, _height), new Run(0, 1, _width, _width), source, _width, target, ResultWidth);
                }
            }
        }
    }

    private static int RegisterCount<T>()
        where T : unmanaged => Vector256.IsHardwareAccelerated ? Vector256<T>.Count : Vector128<T>.Count;
}
